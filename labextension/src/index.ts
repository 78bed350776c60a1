import { JupyterFrontEndPlugin } from '@jupyterlab/application';

import inline from './inline/plugin';
import pool from './pool/plugin';

const plugins: JupyterFrontEndPlugin<unknown>[] = [pool, inline];

export default plugins;
