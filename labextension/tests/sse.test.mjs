import assert from 'node:assert/strict';
import { test } from 'node:test';

import { eventData } from '../lib/api/sse.js';

/** A body that comes in parts of `length` bytes; `cancelled` tells whether it was given up. */
function body(text, length) {
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      controller.enqueue(bytes.slice(at, (at += length)));
      if (at >= bytes.length) {
        controller.close();
      }
    }
  });
}

async function all(text, length = text.length) {
  const found = [];
  for await (const data of eventData(body(text, length))) {
    found.push(data);
  }
  return found;
}

test('events are the same wherever the stream is cut', async () => {
  const text = 'data: {"a": "ä→🙂"}\r\n\r\n: still here\n\ndata:no space\n\rdata: [DONE]\n\n';
  const whole = ['{"a": "ä→🙂"}', 'no space', '[DONE]'];
  for (let length = 1; length < 12; length++) {
    assert.deepEqual(await all(text, length), whole, `in parts of ${length} bytes`);
  }
});

test('lines end with LF, CRLF or CR, and with nothing else', async () => {
  const separators = ['\n', '\r\n', '\r'];
  for (const end of separators) {
    const text = `data: a\u2028b${end}${end}data: c${end}${end}\n`;
    for (const length of [1, 2, 3, 100]) {
      assert.deepEqual(await all(text, length), ['a\u2028b', 'c']);
    }
  }
});

test('data of several lines is one event', async () => {
  assert.deepEqual(await all('data: a\ndata:\ndata: b\n\n'), ['a\n\nb']);
});

test('comments and other fields are passed over', async () => {
  assert.deepEqual(await all(': hello\n\nid: 3\nevent: state\ndata: x\nretry: 5\n\n'), ['x']);
});

test('an event that is cut off is dropped', async () => {
  assert.deepEqual(await all('data: whole\n\ndata: hal'), ['whole']);
});

test('who stops reading ends the stream', async () => {
  let isCancelled = false;
  const endless = new ReadableStream({
    pull: controller => controller.enqueue(new TextEncoder().encode('data: x\n\n')),
    cancel: () => {
      isCancelled = true;
    }
  });
  for await (const data of eventData(endless)) {
    assert.equal(data, 'x');
    break;
  }
  assert.ok(isCancelled);
});
