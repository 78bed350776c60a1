import assert from 'node:assert/strict';
import { test } from 'node:test';

import { URLExt } from '@jupyterlab/coreutils';

import { pathOf } from '../lib/api/path.js';

/** What the server finds at the end of the URL that the browser asks for. */
function found(model) {
  const url = URLExt.join('http://host/user/a%40b/', 'mlx', `admin/models/pin/${pathOf(model)}`);
  return decodeURIComponent(new URL(url).pathname.split('/mlx/admin/models/pin/')[1]);
}

test('an id comes to the server as it is', () => {
  const odd = ['a b', 'a%2Fb', 'a?b', 'a#b', 'a+b@c', '<img src=x onerror=alert(1)>', '模型'];
  for (const model of ['demo/chat', ...odd, '/models/llama', './llama', '../llama', 'a//b', 'a/']) {
    assert.equal(found(model), model);
  }
});

test('slashes of an id stay', () => {
  assert.equal(pathOf('mlx-community/Qwen3-4B'), 'mlx-community/Qwen3-4B');
});
