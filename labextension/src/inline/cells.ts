import { NotebookPanel } from '@jupyterlab/notebook';
import { Widget } from '@lumino/widgets';

/** The sources of the code cells before the active one, the nearest first; none elsewhere. */
export function* earlierCells(widget: Widget): Generator<string> {
  if (!(widget instanceof NotebookPanel)) {
    return;
  }
  const { widgets, activeCellIndex } = widget.content;
  for (let place = activeCellIndex - 1; place >= 0; place -= 1) {
    const { type, sharedModel } = widgets[place].model;
    if (type === 'code') {
      yield sharedModel.getSource();
    }
  }
}
