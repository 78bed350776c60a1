import assert from 'node:assert/strict';
import { test } from 'node:test';

import { isShown, statusView } from '../lib/status/view.js';
import { model, status } from './status.mjs';

const known = (models, memory) => ({
  kind: 'known',
  status: status(models, memory),
  events: [],
  at: 0
});
const loading = (done, put) =>
  model({
    status: 'loading',
    progress: { stage: 'load', done_bytes: done, total_bytes: 100, elapsed_seconds: 1 },
    ...put
  });

test('an idle pool says what is used, of what, and by how many', () => {
  const view = statusView(known({ a: model(), b: model() }, { used_gb: 11.2 }), 90);
  assert.equal(view.text, 'MLX 11.2 / 24 GB · 2 models');
  assert.equal(view.isWarning, false);
  assert.deepEqual(view.title.split('\n'), [
    '11.2 GB of 24.0 GB used (46 %)',
    'a: 1.00 GB',
    'b: 1.00 GB',
    'Opens the panel of MLX models.'
  ]);
});

test('from the threshold on it warns in words', () => {
  const full = known({ a: model() }, { used_gb: 22.1 });
  assert.equal(statusView(full, 92).text, 'MLX 22.1 / 24 GB, 92 % full');
  assert.equal(statusView(full, 93).text, 'MLX 22.1 / 24 GB · 1 model');
});

test('little is told in its own unit', () => {
  const words = [
    [0.00353, 19],
    [0.42, 19],
    [0.00286, 0.003]
  ].map(([used_gb, limit_gb]) => statusView(known({}, { used_gb, limit_gb }), 100).text);
  assert.deepEqual(words, [
    'MLX 3.53 MB / 19 GB · 0 models',
    'MLX 0.42 / 19 GB · 0 models',
    'MLX 2.86 MB / 3.00 MB · 0 models'
  ]);
});

test('a load is told with how far it is; others wait behind it', () => {
  assert.equal(statusView(known({ a: model(), b: loading(40) }), 90).text, 'MLX: loading b 40 %');
  const two = known({ b: loading(40), c: loading(0) });
  assert.equal(statusView(two, 90).text, 'MLX: loading b 40 %, and 1 more');
});

test('what a screen reader tells does not change with each look', () => {
  const [early, late] = [10, 90].map(done => statusView(known({ b: loading(done) }), 90));
  assert.notEqual(early.text, late.text);
  assert.equal(early.said, late.said);
});

test('a machine short of memory comes before a full budget', () => {
  const short = { used_gb: 23, pressure: 'low', host_available_gb: 1.5 };
  const view = statusView(known({}, short), 90);
  assert.equal(view.text, 'MLX 23 / 24 GB, machine short of memory');
  assert.match(view.title, /1.50 GB left/);
});

test('a server that does not answer is told, with what was known', () => {
  const away = { kind: 'unreachable', reason: 'Gone.', status: status({ a: model() }) };
  const view = statusView(away, 90);
  assert.equal(view.text, 'MLX: server does not answer');
  assert.match(view.title, /^Gone.\nBefore that:\n[^]*a: 1.00 GB/);
});

test('it is shown where there is a pool, and the user wants it', () => {
  const wish = { showStatus: true };
  assert.deepEqual(
    [known(), { kind: 'missing' }, { kind: 'unknown' }].map(state => isShown(state, wish)),
    [true, false, false]
  );
  assert.equal(isShown(known(), { showStatus: false }), false);
});
