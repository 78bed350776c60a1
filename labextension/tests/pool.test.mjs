import assert from 'node:assert/strict';
import { test } from 'node:test';

import { PoolError } from '../lib/api/client.js';
import { hasHappened, isShownDifferently } from '../lib/pool/change.js';
import { Loads } from '../lib/pool/loads.js';
import { lookFailed } from '../lib/pool/look.js';
import { DEFAULTS, preferencesOf } from '../lib/pool/preferences.js';
import { untilNextLook } from '../lib/pool/rhythm.js';
import { Turns } from '../lib/pool/turns.js';
import { model, status } from './status.mjs';

const known = (of, events = []) => ({ kind: 'known', status: of, events, at: 0 });
const idle = known(status({ a: model(), b: model({ status: 'failed' }) }));

test('an idle pool is looked at as often as the user wants', () => {
  assert.equal(untilNextLook(idle, 0, 10), 10);
  assert.equal(untilNextLook({ kind: 'unknown' }, 0, 30), 30);
});

test('a pool that loads or answers is looked at every second', () => {
  for (const put of [{ status: 'loading' }, { in_use: true }]) {
    assert.equal(untilNextLook(known(status({ a: model(put) })), 0, 10), 1);
  }
});

test('a server that does not answer is asked ever less, but every five minutes', () => {
  const seconds = [1, 2, 3, 15, 100].map(failures => untilNextLook(idle, failures, 10));
  assert.deepEqual(seconds.map(Math.round), [1, 2, 2, 292, 300]);
});

test('a server without a pool is not asked again, unless the connection was lost', () => {
  assert.equal(untilNextLook({ kind: 'missing' }, 0, 10), Infinity);
  assert.equal(untilNextLook({ kind: 'missing' }, 1, 10), 1);
});

test('what is not seen is no change', () => {
  const loading = done => ({ a: model({ status: 'loading', progress: progress(done) }) });
  const progress = elapsed_seconds => ({
    stage: 'load',
    done_bytes: 1,
    total_bytes: 2,
    elapsed_seconds,
    eta_seconds: null
  });
  const before = known(status(loading(1.01), { host_available_gb: 23.657 }));
  const same = known(status(loading(1.9), { host_available_gb: 23.662 }));
  assert.equal(isShownDifferently(before, { ...same, at: 5 }), false);
});

test('what is seen is a change', () => {
  const put = [{ pinned: true }, { in_use: true }, { last_error: 'x' }, { tokens_per_second: 12 }];
  for (const one of put) {
    assert.ok(isShownDifferently(known(status({ a: model() })), known(status({ a: model(one) }))));
  }
  const before = known(status());
  for (const memory of [{ used_gb: 1.01 }, { pressure: 'high' }]) {
    assert.ok(isShownDifferently(before, known(status({}, memory))));
  }
  assert.ok(isShownDifferently(before, known(status(), [{ id: 1 }])));
  assert.ok(isShownDifferently(before, { kind: 'unreachable', reason: '', status: null }));
});

test('there are new events where a model came, left, or was pinned', () => {
  const of = put => status({ a: model(put) });
  assert.equal(hasHappened(of({}), of({ in_use: true, requests: 1 })), false);
  assert.ok(hasHappened(of({}), of({ status: 'unloaded' })));
  assert.ok(hasHappened(of({}), of({ pinned: true })));
});

test('a server that never had a pool has none after its first 404', () => {
  assert.deepEqual(lookFailed({ kind: 'unknown' }, new PoolError('', 404), 1), { kind: 'missing' });
});

test('a pool that was there may come back: a proxy says 404 while its server starts', () => {
  const failed = lookFailed(idle, new PoolError('404 Not Found', 404), 1);
  const expected = { kind: 'unreachable', reason: '404 Not Found', status: idle.status };
  assert.deepEqual(failed, expected);
  assert.deepEqual(lookFailed(failed, new PoolError('', 404), 6), { kind: 'missing' });
});

test('what the pool said last is kept while it is unreachable', () => {
  const once = lookFailed(idle, new Error('gone'), 1);
  assert.equal(lookFailed(once, new Error('gone'), 2).status, idle.status);
  assert.equal(lookFailed({ kind: 'missing' }, new Error('gone'), 1).kind, 'missing');
});

test('preferences are what the settings say, or else the defaults', () => {
  assert.deepEqual(preferencesOf({}), DEFAULTS);
  const wrong = { refreshInterval: 0, showStatus: 'no', warnThreshold: NaN, confirmEvict: null };
  assert.deepEqual(preferencesOf(wrong), DEFAULTS);
  const own = { refreshInterval: 2, showStatus: false, warnThreshold: 50, confirmEvict: false };
  const expected = { refreshSeconds: 2, showStatus: false, warnPercent: 50, confirmEvict: false };
  assert.deepEqual(preferencesOf(own), expected);
});

test('who asks during a run gets one that began later, together with all who ask', async () => {
  const ends = [];
  const turns = new Turns(() => new Promise(resolve => ends.push(resolve)));
  const first = turns.run();
  const [second, third] = [turns.run(), turns.run()];
  assert.equal(ends.length, 1);
  ends[0]();
  await first;
  await Promise.resolve();
  assert.equal(ends.length, 2);
  ends[1]();
  await Promise.all([second, third]);
  assert.equal(ends.length, 2);
});

test('a run that fails does not fail the next', async () => {
  let runs = 0;
  const turns = new Turns(async () => {
    runs += 1;
    assert.notEqual(runs, 1);
  });
  const first = turns.run();
  const second = turns.run();
  await assert.rejects(first);
  await second;
  assert.equal(runs, 2);
});

test('a browser has connections left while models are being loaded', async () => {
  const ends = [];
  const load = () => new Promise(resolve => ends.push(resolve));
  const loads = new Loads();
  const running = [1, 2, 3].map(() => loads.run(load));
  await assert.rejects(loads.run(load), /^Error: 3 models are being loaded from this page/);
  ends[0]();
  await running[0];
  const last = loads.run(load);
  ends.forEach(end => end());
  await Promise.all([...running, last]);
});
