import assert from 'node:assert/strict';
import { test } from 'node:test';

import { budgetOf, budgetWords } from '../lib/panel/budget.js';
import { buttonsOf, loss } from '../lib/panel/buttons.js';
import { logLines, remembered } from '../lib/panel/log.js';
import { news } from '../lib/panel/news.js';
import { planWords } from '../lib/panel/plan.js';
import { rowOf, seats } from '../lib/panel/row.js';
import { FILLS, fillsOf, segments, segmentWords } from '../lib/panel/segments.js';
import { viewOf } from '../lib/panel/view.js';
import { model, status } from './status.mjs';

const known = (of, events = []) => ({ kind: 'known', status: of, events, at: 0 });
const view = (models, events = []) => viewOf(known(status(models)), events);
const bytes = { done_bytes: 47, total_bytes: 100 };
const loading = { stage: 'load', ...bytes, elapsed_seconds: 1, eta_seconds: 3 };
const evicted = (id, put) => ({ id, time: 1, type: 'eviction', model: 'a', ...put });

test('a model that is only on the disk has no row, but can be chosen', () => {
  const shown = view({ a: model({ status: 'unloaded', memory_used_gb: 0 }) });
  assert.deepEqual(shown.rows, []);
  assert.deepEqual(shown.absent, [{ model: 'a', label: 'text · 1.00 GB' }]);
});

test('a row tells of pins, uses and times', () => {
  const used = { in_use: true, requests: 2, tokens_per_second: 41.6 };
  const row = rowOf('a', model({ pinned: true, pinned_by: ['user', '1a2b3c4d5e6f'], ...used }));
  const facts = ['pinned by you, kernel 1a2b3c4d', 'in use by 2 requests', '42 tokens/s'];
  assert.deepEqual(row.facts, facts);
  const idle = rowOf('a', model({ last_used: 1e9, expires_at: 1e9 }));
  assert.match(idle.facts.join(), /^idle since \d\d:\d\d:40,leaves at \d\d:\d\d:40$/);
});

test('a row tells what its model keeps for speed', () => {
  const row = rowOf('a', model({ prompt_cache_gb: 0.012, image_cache_gb: 0.0034 }));
  assert.deepEqual(row.facts, ['keeps 12.0 MB of prompts', 'keeps 3.40 MB of pictures']);
});

test('a load says how far it has come, and a failure why', () => {
  const row = rowOf('a', model({ status: 'loading', progress: loading }));
  assert.deepEqual([row.state, row.share, row.facts], ['loading 47 %', 0.47, ['3.0 s left']]);
  const download = { ...loading, stage: 'download', total_bytes: 0 };
  const unsized = rowOf('a', model({ status: 'loading', progress: download }));
  assert.equal(unsized.state, 'downloading 0 %');
  assert.equal(rowOf('a', model({ status: 'failed', last_error: 'no\n file' })).error, 'no file');
});

test('a row offers what suits its state', () => {
  const labels = put => buttonsOf(rowOf('a', model(put))).map(({ label }) => label);
  assert.deepEqual(labels({}), ['Pin', 'Ask', 'Evict']);
  assert.deepEqual(labels({ status: 'loading' }), ['Cancel']);
  assert.deepEqual(labels({ status: 'failed' }), ['Load again', 'Dismiss']);
  assert.deepEqual(labels({ status: 'unloaded', pinned: true }), ['Pin', 'Load']);
});

test('what is lost with a model is said in a sentence', () => {
  assert.equal(loss(rowOf('a', model())), '');
  const used = model({ pinned: true, pinned_by: ['user'], in_use: true, requests: 1 });
  const lost = 'It is pinned by you and in use by 1 request, which will fail.';
  assert.equal(loss(rowOf('a', used)), lost);
});

test('the parts of the bar add up to the budget', () => {
  const models = { a: model(), b: model({ status: 'loading', memory_used_gb: 2 }) };
  const memory = { limit_gb: 10, used_gb: 3, spare_gb: 0.5, cached_gb: 0.5, host_available_gb: 5 };
  const parts = segments(status(models, memory));
  const bytes = parts.map(part => [part.part, part.bytes / 1e9]);
  const rest = [['caches', 0.5], ['spare', 0.5], ['others', 1], ['free', 5]];
  assert.deepEqual(bytes, [['loaded', 1], ['moving', 2], ...rest]);
  assert.equal(segmentWords(parts[1]), 'b (coming or going) 2.00 GB');
  assert.equal(segmentWords(parts[4]), 'other programs 1.00 GB');
});

test('a pool that holds more than its budget has no negative parts', () => {
  const parts = segments(status({ a: model() }, { limit_gb: 0.5, used_gb: 1, spare_gb: 0.2 }));
  assert.deepEqual(parts, [{ part: 'loaded', model: 'a', bytes: 1e9 }]);
});

test('the budget is said in a sentence', () => {
  const memory = { limit_gb: 48, used_gb: 2.1, host_available_gb: 60 };
  const said = budgetWords(budgetOf(status({ a: model({ memory_used_gb: 2.1 }) }, memory)));
  assert.equal(said, '2.10 GB of 48.0 GB used (4 %, low), 45.9 GB free.');
  const short = budgetOf(status({}, { pressure: 'critical', host_available_gb: 0.3 }));
  assert.equal(short.pressure, 'The machine is short of memory (critical): 300 MB are left.');
});

test('every model has a fill of its own, as long as there are some', () => {
  const ids = ['demo/chat', 'demo/embed', 'demo/vision', 'x/y', 'z', 'org/name'];
  const fills = fillsOf(ids);
  assert.equal(new Set(fills.values()).size, FILLS);
  assert.deepEqual(fillsOf([...ids].reverse()), fills);
  assert.ok(fillsOf([...ids, 'more']).get('more') < FILLS);
});

test('the log tells who left and why, the newest first', () => {
  const died = { id: 3, time: 1, type: 'state', model: 'b', state: 'absent', before: 'ready' };
  const lines = logLines([
    evicted(1, { made_room_for: 'b' }),
    { id: 2, time: 1, type: 'state', model: 'b', state: 'ready', before: 'loading' },
    { ...died, reason: 'out of\nmemory' },
    evicted(4, { reason: 'idle for 30 min' })
  ]);
  const words = ['a was evicted: idle for 30 min', 'b failed: out of memory'];
  assert.deepEqual(lines.map(line => line.words), [...words, 'a was evicted to make room for b']);
});

test('the log keeps what the server has forgotten, but not what another server said', () => {
  const told = [evicted(1), evicted(5)];
  const ids = after => remembered(told, after).map(({ id }) => id);
  assert.deepEqual(ids([evicted(5), evicted(9)]), [1, 5, 9]);
  assert.deepEqual(ids([evicted(0)]), [0]);
  assert.deepEqual(ids([]), []);
});

test('a plan is said in words', () => {
  const plan = { resident: false, fits: true, evict: [], wait_for: [], reason: '' };
  const sizes = { needed_bytes: 2e9, available_bytes: 3e9 };
  const said = put => planWords({ ...plan, ...sizes, ...put });
  assert.equal(said({}), 'fits (needs 2.00 GB, 3.00 GB are free)');
  const two = 'would evict a, b and would wait for c, in use now';
  assert.match(said({ evict: ['a', 'b'], wait_for: ['c'] }), new RegExp(`^${two} \\(needs`));
  const no = { fits: false, reason: 'Insufficient memory: need 9 GB' };
  assert.equal(said(no), 'does not fit: need 9 GB');
  assert.equal(said({ resident: true }), 'is loaded already');
});

test('what has changed is said in short sentences', () => {
  const two = { a: model(), b: model({ status: 'unloaded' }) };
  assert.equal(news(viewOf({ kind: 'unknown' }, []), view(two)), '');
  assert.equal(news(view(two), view(two)), '');
  assert.equal(news(view({}), view(two)), 'a is loaded.');
  assert.equal(news(view(two), view({ a: model({ pinned: true }) })), 'a is pinned.');
  const swapped = view({ b: model() }, [evicted(1, { made_room_for: 'b' })]);
  assert.equal(news(view(two), swapped), 'a was evicted to make room for b. b is loaded.');
  assert.equal(news(view(two), view({})), 'a is evicted.');
});

test('a server that does not answer leaves what was known, and is told of once', () => {
  const state = { kind: 'unreachable', reason: 'Gone.', status: status({ a: model() }) };
  const gone = viewOf(state, []);
  assert.equal(gone.notice, 'Gone. Looking for it again…');
  assert.equal(gone.rows.length, 1);
  assert.equal(news(view({ a: model() }), gone), gone.notice);
  assert.equal(news(gone, gone), '');
  assert.equal(news(gone, view({ a: model() })), 'The server answers again.');
});

test('a server without the extension is told in one sentence', () => {
  const missing = viewOf({ kind: 'missing' }, []);
  assert.match(missing.notice, /^The server extension mlx_jupyter is not enabled here: pip/);
  assert.equal(missing.budget, null);
});

test('models that answer can be asked, loaded ones first', () => {
  const models = {
    a: model({ status: 'unloaded' }),
    b: model({ kind: 'embedding' }),
    c: model({ kind: 'vision' })
  };
  const labels = view(models).askable.map(({ label }) => label);
  assert.deepEqual(labels, ['c', 'a (will be loaded)']);
});

test('a load is foreseen anew when someone came, left or was pinned, and only then', () => {
  const now = seats(view({ a: model() }).rows);
  assert.equal(seats(view({ a: model({ in_use: true }) }).rows), now);
  assert.notEqual(seats(view({ a: model({ pinned: true }) }).rows), now);
});
