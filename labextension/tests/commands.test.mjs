import assert from 'node:assert/strict';
import { test } from 'node:test';

import { chatCell, explainCell, loadsMagics } from '../lib/commands/cells.js';
import { choices } from '../lib/commands/choices.js';
import { openaiConfiguration } from '../lib/commands/openai.js';
import { verbs } from '../lib/commands/verbs.js';
import { model, status } from './status.mjs';

const cell = (source, count = null, error = null) => ({ source, count, error });

test('a cell that loads the magics is known', () => {
  for (const source of ['%load_ext mlx_jupyter', 'import x\n  %reload_ext mlx_jupyter # them']) {
    assert.ok(loadsMagics([cell('1'), cell(source)]), source);
  }
  for (const source of ['', '# %load_ext mlx_jupyter', '%load_ext mlx_jupyter_other']) {
    assert.ok(!loadsMagics([cell(source)]), source);
  }
});

test('a chat cell has room for the question, and names the model if one is wanted', () => {
  assert.equal(chatCell(null, ''), '%%chat\n');
  assert.equal(chatCell('demo/chat', 'Hi.'), '%%chat demo/chat\nHi.');
  assert.equal(chatCell("a b's", ''), `%%chat 'a b'"'"'s'\n`);
});

test('the last error is what the magics know', () => {
  const failed = cell('1 / 0', 3, ['ZeroDivisionError']);
  const cells = [cell('x', 1, ['NameError']), failed, cell('2', 4)];
  assert.equal(explainCell(failed, cells, null), '%chat fix');
  assert.equal(explainCell(failed, cells, 'a/b'), '%chat fix -m a/b');
});

test('an earlier error is told whole, without colors', () => {
  const failed = cell("a = '```'\n1 / 0\n", 3, ['\x1b[31mZeroDivisionError\x1b[39m', 'by zero']);
  const lines = explainCell(failed, [failed, cell('x', 5, ['NameError'])], null).split('\n');
  assert.equal(lines[0], '%%chat --raw');
  assert.deepEqual(lines.slice(4), [
    'Cell In[3]:',
    '',
    '````python',
    "a = '```'",
    '1 / 0',
    '````',
    '',
    'The error:',
    '',
    '```text',
    'ZeroDivisionError',
    'by zero',
    '```'
  ]);
});

test('an error without an end is told by its beginning and its end', () => {
  const failed = cell('f()', 3, ['a'.repeat(20_000) + 'z']);
  const question = explainCell(failed, [failed, cell('x', 5, ['E'])], null);
  assert.match(question, /a\n… 8001 more characters …\na/);
  assert.match(question, /z\n```$/);
  assert.ok(question.length < 13_000);
});

test('each verb offers the models it can do something with', () => {
  const pool = status({
    idle: model(),
    pinned: model({ pinned: true, pinned_by: ['user'] }),
    disk: model({ status: 'unloaded', size_gb: 0.5, memory_used_gb: 0 })
  });
  const offered = Object.fromEntries(
    Object.entries(verbs).map(([verb, { condition }]) => [
      verb,
      choices(pool, condition).map(choice => choice.model)
    ])
  );
  assert.deepEqual(offered, {
    load: ['disk'],
    switchTo: ['disk'],
    evict: ['idle', 'pinned'],
    pin: ['idle'],
    unpin: ['pinned']
  });
  assert.equal(choices(pool, verbs.load.condition)[0].label, 'disk · text · 500 MB');
  assert.equal(choices(pool, verbs.unpin.condition)[0].label, 'pinned · text · 1.00 GB · pinned');
});

test('what is copied holds the address, and no key', () => {
  const text = openaiConfiguration('http://h:1/a/mlx/v1');
  assert.match(text, /^export OPENAI_BASE_URL='http:\/\/h:1\/a\/mlx\/v1'$/m);
  assert.match(text, /^export OPENAI_API_KEY='<your Jupyter token>'$/m);
});
