import { ICompletionContext } from '@jupyterlab/completer';

export type Editor = NonNullable<ICompletionContext['editor']>;

/**
 * Calls `lost` once, as soon as the text or the cursor is another, or the editor is left: JupyterLab
 * tells a provider nothing of it. Returns what ends the watch.
 */
export function watch(editor: Editor, lost: () => void): () => void {
  const { selections, sharedModel } = editor.model;
  const text = sharedModel.getSource();
  const cursor = editor.getOffsetAt(editor.getCursorPosition());
  const look = (): void => {
    if (
      editor.isDisposed ||
      sharedModel.getSource() !== text ||
      editor.getOffsetAt(editor.getCursorPosition()) !== cursor
    ) {
      leave();
    }
  };
  const end = (): void => {
    sharedModel.changed.disconnect(look);
    selections.changed.disconnect(look);
    editor.host.removeEventListener('focusout', leave);
  };
  const leave = (): void => {
    end();
    lost();
  };
  sharedModel.changed.connect(look);
  selections.changed.connect(look);
  editor.host.addEventListener('focusout', leave);
  return end;
}
