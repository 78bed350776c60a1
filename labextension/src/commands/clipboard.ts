import { Clipboard } from '@jupyterlab/apputils';

import { tellDone } from '../notice/notice';
import { openaiConfiguration } from './openai';

/** Copies what OpenAI's clients need, and says what is left to do. Returns the text. */
export function copyConfiguration(url: string): string {
  const text = openaiConfiguration(url);
  Clipboard.copyToSystem(text);
  tellDone('Copied. Put your Jupyter token in as the key: `jupyter server list` shows it');
  return text;
}
