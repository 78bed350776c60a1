import { JupyterFrontEnd } from '@jupyterlab/application';
import { ReadonlyPartialJSONObject } from '@lumino/coreutils';

/** Runs what another plugin offers as a command; without that plugin nothing happens. */
export function runOffered(
  { commands }: JupyterFrontEnd,
  command: string,
  args?: ReadonlyPartialJSONObject
): void {
  if (commands.hasCommand(command)) {
    void commands.execute(command, args);
  }
}
