import { LabIcon } from '@jupyterlab/ui-components';

const SVG = `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">
<g class="jp-icon3" fill="#616161"><path d="M6 5h12a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2V7
a2 2 0 0 1 2-2zm0 2v10h12V7z"/><path d="M8 9h2v6H8zm3 2.500h2V15h-2zm3 1.500h2v2h-2z"/>
<path d="M7 2h2v2H7zm4 0h2v2h-2zm4 0h2v2h-2zM7 20h2v2H7zm4 0h2v2h-2zm4 0h2v2h-2z"/></g></svg>`;

/** A chip of memory, partly filled. */
export const mlxIcon = new LabIcon({ name: 'mlx-jupyter:models', svgstr: SVG });
