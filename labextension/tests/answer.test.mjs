import assert from 'node:assert/strict';
import { test } from 'node:test';

import { begun, ended, footer, grown, tail } from '../lib/panel/answer.js';
import { Errands } from '../lib/panel/errands.js';

const piece = (content, put = {}) => ({ choices: [{ delta: { content }, ...put }] });
const usage = tokens => ({ choices: [], usage: { prompt_tokens: 3, completion_tokens: tokens } });

test('an answer grows by its pieces, and thoughts stand apart', () => {
  let answer = grown(begun('a'), { choices: [{ delta: { reasoning_content: 'hm' } }] }, 0);
  answer = grown(grown(answer, piece('two '), 1), piece('words'), 2);
  assert.deepEqual([answer.thoughts, answer.text], ['hm', 'two words']);
  assert.equal(footer(answer), 'a …');
});

test('the speed is that of what came after the first piece', () => {
  let answer = grown(grown(begun('a'), piece('12'), 1000), piece('345678'), 2000);
  answer = ended(grown(answer, usage(8), 5000), 'stop');
  assert.equal(footer(answer), 'a · 8 tokens · 6.0 tokens/s');
  const once = ended(grown(grown(begun('a'), piece('all'), 0), usage(1), 1), 'stop');
  assert.equal(footer(once), 'a · 1 token');
});

test('why an answer ends early is said below it', () => {
  const answer = grown(begun('a'), piece('so', { finish_reason: 'length' }), 0);
  assert.equal(footer(ended(answer, 'stop')), 'a · cut off: as long as it may be');
  assert.equal(footer(ended(begun('a'), 'stopped')), 'a · stopped');
  assert.equal(footer(ended(begun('a'), 'error')), 'a · cut off by an error');
});

test('of a long text the end is shown', () => {
  assert.equal(tail('short'), 'short');
  assert.equal(tail(`${'x'.repeat(7000)}end`).length, 6002);
});

test('what goes wrong is kept until it is tried again', async () => {
  const errands = new Errands();
  const failed = await errands.run('a', () => Promise.reject(new Error('no room')));
  assert.deepEqual([failed, errands.errorOf('a'), errands.isBusy('a')], [false, 'no room', false]);
  await errands.run('a', () => Promise.resolve());
  assert.equal(errands.errorOf('a'), '');
});

test('a load that was given up has not failed', async () => {
  const errands = new Errands();
  let fail;
  const load = errands.run('a', () => new Promise((_, reject) => (fail = reject)));
  await errands.run('a', () => Promise.resolve());
  fail(new Error('was unloaded while it was being loaded'));
  assert.equal(await load, false);
  assert.equal(errands.errorOf('a'), '');
});
