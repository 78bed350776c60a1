import { JupyterFrontEndPlugin } from '@jupyterlab/application';

import commands from './commands/plugin';
import inline from './inline/plugin';
import panel from './panel/plugin';
import pool from './pool/plugin';
import running from './running/plugin';
import status from './status/plugin';

const plugins: JupyterFrontEndPlugin<unknown>[] = [pool, panel, status, running, commands, inline];

export default plugins;
