import assert from 'node:assert/strict';
import { test } from 'node:test';

import { choice } from '../lib/inline/choice.js';
import { DEFAULTS, SCHEMA } from '../lib/inline/schema.js';
import { settingsOf } from '../lib/inline/settings.js';
import { isEnded, isOpen, stops, suggestion } from '../lib/inline/suggestion.js';
import { surroundings } from '../lib/inline/surroundings.js';
import { model, status } from './status.mjs';

const asked = (after = '', more = {}) => ({ after, isFilling: false, isMultiline: true, ...more });
const filling = after => asked(after, { isFilling: true });
const known = models => ({ kind: 'known', status: status(models), events: [], at: 0 });

test('it is off until the user switches it on', () => {
  assert.equal(SCHEMA.default.enabled, false);
});

test('JupyterLab is told the same defaults that are used without it', () => {
  assert.deepEqual(settingsOf(SCHEMA.default), DEFAULTS);
  assert.deepEqual(settingsOf(undefined), DEFAULTS);
});

test('a setting of the wrong type leaves the default', () => {
  const wrong = { model: 3, mayLoad: 'yes', multiline: null, maxTokens: -1, timeout: '5' };
  assert.deepEqual(settingsOf(wrong), DEFAULTS);
  assert.equal(settingsOf({ model: ' a/b ' }).model, 'a/b');
});

test('the earlier cells of code stand before this one, in their order', () => {
  const { before, after } = surroundings(['b = 2', '%%chat\nHello', ' ', 'a = 1'], 'c = \nd', 4);
  assert.equal(before, 'a = 1\n\nb = 2\n\nc = ');
  assert.equal(after, '\nd');
});

test('cells are left out whole, the farthest first', () => {
  const long = 'x'.repeat(1400);
  const { before } = surroundings(['near = 1', long, long, long, 'far = 1'], 'y', 1);
  assert.equal(before, [long, long, 'near = 1', 'y'].join('\n\n'));
});

test('of a long cell the lines around the cursor are kept', () => {
  const lines = Array.from({ length: 1000 }, (_, number) => `line ${number}`);
  const text = lines.join('\n');
  const cursor = text.indexOf('line 700') + 4;
  const { before, after } = surroundings(['earlier'], text, cursor);
  assert.ok(before.length <= 4000 && before.length > 2900, `${before.length}`);
  assert.match(before, /^line \d+\n/);
  assert.ok(after.length <= 1000 && after.length > 900, `${after.length}`);
  assert.match(after, /^ 700\n.*\nline \d+$/s);
});

test('what is left out stays the same while someone types', () => {
  const text = 'some line of code\n'.repeat(500);
  const begins = new Set();
  for (let typed = 0; typed < 500; typed += 1) {
    const whole = text + 'y'.repeat(typed);
    begins.add(surroundings([], whole, whole.length).before.length - typed);
  }
  assert.ok(begins.size <= 2, `${begins.size} beginnings`);
});

test('a cell of one endless line is cut too', () => {
  const { before, after } = surroundings([], 'z'.repeat(20000), 10000);
  assert.ok(before.length <= 4000);
  assert.equal(after.length, 1000);
});

test('a suggestion ends at a blank line, or with its line', () => {
  const answer = 'a\nb\n  \nc';
  assert.equal(suggestion(answer, asked(), true), 'a\nb');
  assert.equal(suggestion(answer, asked('', { isMultiline: false }), true), 'a');
  assert.deepEqual(stops(asked()), ['\n\n']);
  assert.deepEqual(stops(asked('', { isMultiline: false })), ['\n']);
});

test('brackets that the editor has closed are not closed again', () => {
  assert.equal(suggestion('"hello")', asked(')'), true), '"hello"');
  assert.equal(suggestion('hello")', asked('")\n'), true), 'hello');
  assert.equal(suggestion('x, y)\nz', asked(')'), true), 'x, y');
});

test('a model that knows what follows may close brackets of its own', () => {
  assert.equal(suggestion('g(x)', filling(')'), true), 'g(x)');
  assert.equal(suggestion('x, key=len)', filling(', key=len)'), true), 'x');
});

test('lines that stand behind the cursor are not suggested again', () => {
  const after = '\n    return total\n';
  assert.equal(suggestion('total += x\n    return total', asked(after), true), 'total += x');
  assert.equal(suggestion('total += x\n    return total\nb', filling(after), true), 'total += x');
});

test('a short line may come twice', () => {
  assert.equal(suggestion('a,\n)\nb(\n', filling('\n)'), true), 'a,\n)\nb(');
});

test('while it grows nothing is shown that is taken back later', () => {
  const cases = [
    ['"hello")', asked(')')],
    ['total += x\n    return total', asked('\n    return total\n')],
    ['a\nb\n\nc', asked()],
    ['x, key=len)', filling(', key=len)')]
  ];
  for (const [answer, of] of cases) {
    let shown = '';
    for (let size = 1; size <= answer.length; size += 1) {
      const next = suggestion(answer.slice(0, size), of, false);
      assert.ok(next.startsWith(shown), `${JSON.stringify(next)} after ${JSON.stringify(shown)}`);
      shown = next;
    }
    assert.ok(suggestion(answer, of, true).startsWith(shown));
  }
});

test('an answer that runs on is ended', () => {
  assert.equal(isEnded('a\nb', asked()), false);
  assert.equal(isEnded('a\n \nb', asked()), true);
  assert.equal(isEnded('x\nreturn y\n', asked('\nreturn y')), true);
});

test('in the midst of a line only a model that fills in is asked', () => {
  assert.equal(isOpen(' + 1\nx', false), false);
  assert.equal(isOpen(' + 1\nx', true), true);
  for (const after of ['', '\nx', ')', '"])\n', '  ']) {
    assert.equal(isOpen(after, false), true, after);
  }
});

test('the loaded text model that was used last completes', () => {
  const models = {
    old: model({ last_used: 1 }),
    new: model({ last_used: 9 }),
    fresh: model({ last_used: null }),
    gone: model({ last_used: 10, status: 'unloaded' }),
    sees: model({ last_used: 11, kind: 'vision' })
  };
  assert.deepEqual(choice(known(models), DEFAULTS), { model: 'new', isLoaded: true });
  assert.equal(choice(known({ gone: models.gone }), DEFAULTS), null);
  assert.equal(choice({ kind: 'missing' }, DEFAULTS), null);
});

test('a model that is not loaded is chosen only where the user lets it be loaded', () => {
  const models = { a: model(), gone: model({ status: 'unloaded' }) };
  const chosen = (name, mayLoad) => choice(known(models), { ...DEFAULTS, model: name, mayLoad });
  assert.equal(chosen('gone', false), null);
  assert.deepEqual(chosen('gone', true), { model: 'gone', isLoaded: false });
  assert.deepEqual(chosen('a', false), { model: 'a', isLoaded: true });
  assert.equal(chosen('unheard of', true), null);
});

test('a model that failed is not loaded again because someone types', () => {
  const state = known({ broken: model({ status: 'failed' }), busy: model({ status: 'loading' }) });
  for (const name of ['broken', 'busy']) {
    assert.equal(choice(state, { ...DEFAULTS, model: name, mayLoad: true }), null);
  }
});
