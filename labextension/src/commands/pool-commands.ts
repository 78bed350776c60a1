import { JupyterFrontEnd } from '@jupyterlab/application';

import { evictable } from '../eviction/free';
import { flag } from '../flag';
import { statusOf } from '../pool/known';
import { CommandIds, IMLXPool } from '../tokens';
import { argumentsOf, words } from './arguments';
import { deeds } from './fetched';
import { IVerb, Verb, verbs } from './verbs';

type Commands = JupyterFrontEnd['commands'];
type ICommand = Parameters<Commands['addCommand']>[1];

/** The commands that need no notebook. What they do is fetched when the first of them is run. */
export function addPoolCommands(commands: Commands, pool: IMLXPool): string[] {
  const names = Object.keys(verbs) as Verb[];
  names.forEach(name => commands.addCommand(verbs[name].id, ofVerb(name, pool)));
  commands.addCommand(CommandIds.evictUnpinned, {
    label: 'Evict Unpinned MLX Models',
    caption: 'Free the memory of all models that are neither pinned nor in use',
    describedBy: argumentsOf({}),
    isEnabled: () => evictable(statusOf(pool.state)).length > 0,
    execute: async () => (await deeds())?.evictUnpinnedAndTell(pool)
  });
  commands.addCommand(CommandIds.copyOpenAI, {
    label: 'Copy OpenAI Configuration',
    caption: 'What OpenAI clients need to use these models, as lines for a shell',
    describedBy: argumentsOf({}),
    isEnabled: () => statusOf(pool.state) !== null,
    execute: async () => (await deeds())?.copyConfiguration(pool.client.openaiUrl)
  });
  return [...names.map(name => verbs[name].id), CommandIds.evictUnpinned, CommandIds.copyOpenAI];
}

function ofVerb(name: Verb, pool: IMLXPool): ICommand {
  const { label, caption, condition }: IVerb = verbs[name];
  const isFor = (model: string | null): boolean => {
    const models = statusOf(pool.state)?.models ?? null;
    return models !== null && (model !== null || Object.values(models).some(condition));
  };
  return {
    label: args => `${label} ${words(args.model) ?? 'MLX Model…'}`,
    caption,
    describedBy: argumentsOf({
      model: { type: 'string', description: 'The id of the model; without it the user is asked.' },
      ...(name === 'load' && {
        pin: { type: 'boolean', description: 'Whether it is pinned too; false by default.' }
      })
    }),
    isEnabled: args => isFor(words(args.model)),
    execute: async args =>
      (await deeds())?.act(name, pool, words(args.model), flag(args.pin, false)) ?? false
  };
}
