import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Forecast } from '../lib/panel/forecast.js';
import { footer } from '../lib/panel/answer.js';
import { Question } from '../lib/panel/question.js';

const piece = content => ({ choices: [{ delta: { content } }] });

/** A pool whose answers are what `chat` yields; `looks` counts how often it was looked at. */
function pool(chat) {
  return { client: { chat }, looks: 0, refresh: async function () { this.looks += 1; } };
}

/** The next time that it changes. */
function changed(subject) {
  return new Promise(resolve => {
    const told = () => {
      subject.changed.disconnect(told);
      resolve();
    };
    subject.changed.connect(told);
  });
}

test('the pool is looked at when an answer begins, and when it ends', async () => {
  const asked = pool(async function* () {
    yield piece('two ');
    yield piece('words');
  });
  const question = new Question(asked);
  await question.ask('a', 'why?');
  assert.equal(question.answer.text, 'two words');
  assert.deepEqual([question.isRunning, question.error, asked.looks], [false, '', 2]);
});

test('an answer that is stopped keeps what there is of it, and is no error', async () => {
  const question = new Question(
    pool(async function* (_request, signal) {
      yield piece('so far');
      await new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    })
  );
  const over = question.ask('a', 'why?');
  await changed(question);
  question.stop();
  await over;
  assert.deepEqual([question.answer.text, question.error], ['so far', '']);
  assert.equal(footer(question.answer), 'a · stopped');
});

test('an error ends an answer, and is said', async () => {
  const question = new Question(
    pool(async function* () {
      yield piece('so far');
      throw new Error('The worker died.');
    })
  );
  await question.ask('a', 'why?');
  assert.deepEqual([question.answer.text, question.error], ['so far', 'The worker died.']);
});

test('what is foreseen of one model is not said of the next', async () => {
  const plan = { resident: true };
  const plans = new Map([['b', Promise.resolve(plan)]]);
  const refused = () => Promise.reject(new Error('no'));
  const forecast = new Forecast({ plan: model => plans.get(model) ?? refused() });
  forecast.choose('a');
  forecast.choose('b');
  await changed(forecast);
  assert.equal(forecast.words, 'is loaded already');
  forecast.choose('c');
  assert.equal(forecast.words, '');
  await changed(forecast);
  assert.equal(forecast.words, 'no');
});
