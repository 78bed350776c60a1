import { JupyterFrontEnd } from '@jupyterlab/application';
import { Clipboard } from '@jupyterlab/apputils';

import { evictable } from '../eviction/free';
import { evictUnpinnedAndTell } from '../eviction/told';
import { tellDone } from '../notice/notice';
import { statusOf } from '../pool/known';
import { CommandIds, IMLXPool } from '../tokens';
import { argumentsOf, flag, words } from './arguments';
import { choices } from './choices';
import { openaiConfiguration } from './openai';
import { pick } from './picker';
import { IVerb, verbs } from './verbs';

type Commands = JupyterFrontEnd['commands'];
type ICommand = Parameters<Commands['addCommand']>[1];

/** The commands that need no notebook. */
export function addPoolCommands(commands: Commands, pool: IMLXPool): string[] {
  for (const verb of verbs) {
    commands.addCommand(verb.id, ofVerb(verb, pool));
  }
  commands.addCommand(CommandIds.evictUnpinned, {
    label: 'Evict Unpinned MLX Models',
    caption: 'Free the memory of all models that are neither pinned nor in use',
    describedBy: argumentsOf({}),
    isEnabled: () => evictable(statusOf(pool.state)).length > 0,
    execute: () => evictUnpinnedAndTell(pool)
  });
  commands.addCommand(CommandIds.copyOpenAI, {
    label: 'Copy OpenAI Configuration',
    caption: 'What OpenAI clients need to use these models, as lines for a shell',
    describedBy: argumentsOf({}),
    isEnabled: () => statusOf(pool.state) !== null,
    execute: () => copyConfiguration(pool.client.openaiUrl)
  });
  return [...verbs.map(({ id }) => id), CommandIds.evictUnpinned, CommandIds.copyOpenAI];
}

function ofVerb(verb: IVerb, pool: IMLXPool): ICommand {
  const found = () => choices(statusOf(pool.state), verb.condition);
  return {
    label: args => `${verb.label} ${words(args.model) ?? 'MLX Model…'}`,
    caption: verb.caption,
    describedBy: argumentsOf({
      model: { type: 'string', description: 'The id of the model; without it the user is asked.' },
      ...(verb.options && {
        pin: { type: 'boolean', description: 'Whether it is pinned too; false by default.' }
      })
    }),
    isEnabled: args =>
      statusOf(pool.state) !== null && (words(args.model) !== null || found().length > 0),
    execute: async args => {
      const model = words(args.model);
      const chosen = model
        ? { model, pin: flag(args.pin, false) }
        : await pick({
            title: `${verb.label} a model`,
            verb: verb.verb,
            choices: found(),
            ...verb.options?.(pool)
          });
      return chosen !== null && (await verb.act(pool, chosen.model, chosen.pin));
    }
  };
}

function copyConfiguration(url: string): string {
  const text = openaiConfiguration(url);
  Clipboard.copyToSystem(text);
  tellDone('Copied. Put your Jupyter token in as the key: `jupyter server list` shows it');
  return text;
}
