import assert from 'node:assert/strict';
import { test } from 'node:test';

import { evictable } from '../lib/eviction/free.js';
import { evictAllWords } from '../lib/eviction/words.js';
import { runningModels } from '../lib/running/item.js';
import { model, status } from './status.mjs';

const pool = status({
  idle: model({ memory_used_gb: 0.5 }),
  pinned: model({ pinned: true, pinned_by: ['user'] }),
  busy: model({ in_use: true, requests: 2 }),
  coming: model({ status: 'loading' }),
  disk: model({ status: 'unloaded' }),
  broken: model({ status: 'failed' })
});

test('what holds memory is there, and what changes is to be seen', () => {
  assert.deepEqual(
    runningModels(pool).map(({ model, detail }) => `${model}: ${detail}`),
    [
      'idle: 500 MB',
      'pinned: pinned · 1.00 GB',
      'busy: in use · 1.00 GB',
      'coming: loading · 1.00 GB'
    ]
  );
  assert.match(runningModels(pool)[1].title, /pinned by you/);
  assert.deepEqual(runningModels(null), []);
});

test('only what nobody needs is evicted with all', () => {
  assert.deepEqual(evictable(pool), ['idle']);
  assert.equal(
    evictAllWords(pool),
    'idle will leave, which frees 500 MB. What is pinned, in use or loading stays:' +
      ' pinned (pinned), busy (in use), coming (loading).'
  );
  assert.equal(evictAllWords(status({})), 'None will leave.');
});
