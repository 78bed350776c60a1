import { JupyterFrontEndPlugin } from '@jupyterlab/application';

import pool from './pool/plugin';

const plugins: JupyterFrontEndPlugin<unknown>[] = [pool];

export default plugins;
