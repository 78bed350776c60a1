import { JupyterFrontEndPlugin } from '@jupyterlab/application';

import commands from './commands/plugin';
import pool from './pool/plugin';
import running from './running/plugin';
import status from './status/plugin';

const plugins: JupyterFrontEndPlugin<unknown>[] = [pool, status, running, commands];

export default plugins;
