import { JupyterFrontEndPlugin } from '@jupyterlab/application';

import panel from './panel/plugin';
import pool from './pool/plugin';

const plugins: JupyterFrontEndPlugin<unknown>[] = [pool, panel];

export default plugins;
