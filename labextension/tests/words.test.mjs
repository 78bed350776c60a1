import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ServerConnection } from '@jupyterlab/services';

import { PoolError } from '../lib/api/client.js';
import { gigabytes, inGigabytes, size } from '../lib/words/bytes.js';
import { clock, duration } from '../lib/words/clock.js';
import { inWords } from '../lib/words/errors.js';
import { headline, percentUsed } from '../lib/words/headline.js';
import { model, status } from './status.mjs';

test('a size has three digits, as in the notebook', () => {
  const words = [0, 512, 999, 4_240_000, 999_999_600, 18e9, 1.5e12].map(size);
  const expected = ['0 B', '512 B', '999 B', '4.24 MB', '1.00 GB', '18.0 GB', '1.50 TB'];
  assert.deepEqual(words, expected);
  assert.equal(gigabytes(0.42), '420 MB');
});

test('gigabytes without their unit have no needless zeros', () => {
  const words = [0, 0.42, 11.24, 24, 128.4].map(inGigabytes);
  assert.deepEqual(words, ['0', '0.42', '11.2', '24', '128']);
});

test('a time of day is local', () => {
  const noon = new Date(2026, 10, 21, 9, 5, 7).getTime() / 1000;
  assert.equal(clock(noon), '09:05:07');
});

test('a duration is rounded down from a minute on', () => {
  const words = [0, 0.3, 9.96, 45, 119, 7200, 200_000].map(duration);
  assert.deepEqual(words, ['0 s', '0.3 s', '10 s', '45 s', '1 min', '2 h', '2 d']);
});

test('the headline counts the models that hold memory', () => {
  const models = { a: model(), b: model({ status: 'loading' }), c: model({ status: 'unloaded' }) };
  const words = headline(status(models, { used_gb: 11.2, limit_gb: 24 }));
  assert.equal(words, 'MLX 11.2 / 24 GB · 2 models');
  assert.equal(headline(status({ a: model() })), 'MLX 0 / 24 GB · 1 model');
});

test('the share of the budget that is used is rounded down and never above 100', () => {
  const share = (used_gb, limit_gb) => percentUsed(status({}, { used_gb, limit_gb }));
  assert.deepEqual([share(21.59, 24), share(30, 24), share(0, 0)], [89, 100, 0]);
});

test('an error is one line', () => {
  assert.equal(inWords(new Error('first\n  second ')), 'first second');
  assert.equal(inWords(new Error('')), 'It failed, and no reason is known.');
});

test('a server that is gone is said so, also in the middle of an answer', () => {
  const gone = new ServerConnection.NetworkError(new TypeError('Failed to fetch'));
  const cut = new TypeError('network error');
  for (const error of [gone, cut]) {
    assert.equal(inWords(error), 'The Jupyter server does not answer.');
  }
});

test('who is logged out is told what to do', () => {
  const words = inWords(new PoolError("Send 'Authorization: Bearer …'", 401));
  assert.match(words, /^You are logged out .* reload this page\.$/);
});
