import { Dialog, showDialog } from '@jupyterlab/apputils';

/** Asks whether `model` may go; `loss` says in a sentence what is lost. */
export async function mayEvict(model: string, loss: string): Promise<boolean> {
  const { button } = await showDialog({
    title: `Evict ${model}?`,
    body: loss,
    buttons: [Dialog.cancelButton(), Dialog.warnButton({ label: 'Evict' })]
  });
  return button.accept;
}
