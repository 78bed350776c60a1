import { ReactWidget } from '@jupyterlab/ui-components';
import { ISignal, Signal } from '@lumino/signaling';
import * as React from 'react';

import rules from '../../style/status.raw.css';
import { addStyle } from '../style';
import { IMLXPool } from '../tokens';
import { IStatusView, isShown, statusView } from './view';

addStyle(rules);

/** The pool in a few words; a button that calls `open`. */
export class StatusItem extends ReactWidget {
  constructor(
    private readonly pool: IMLXPool,
    private readonly open: () => void
  ) {
    super();
    this.addClass('mlx-StatusItem');
    pool.changed.connect(this.onChanged, this);
    pool.preferencesChanged.connect(this.onChanged, this);
  }

  /** Whether it is to be seen. */
  get isActive(): boolean {
    return isShown(this.pool.state, this.pool.preferences);
  }

  get activeChanged(): ISignal<this, void> {
    return this.isActiveChanged;
  }

  protected render(): React.ReactElement | null {
    const view = statusView(this.pool.state, this.pool.preferences.warnPercent);
    return view && <Item view={view} open={this.open} />;
  }

  /** The status bar shows or hides it, and lets it render. */
  private onChanged(): void {
    this.isActiveChanged.emit();
  }

  private readonly isActiveChanged = new Signal<this, void>(this);
}

function Item({ view, open }: { view: IStatusView; open: () => void }): React.ReactElement {
  const tone = view.isWarning ? ' mlx-mod-warning' : '';
  return (
    <>
      <button
        type="button"
        className={`mlx-StatusItem-button jp-StatusBar-TextItem${tone}`}
        title={view.title}
        onClick={open}
      >
        {view.text}
      </button>
      <span className="mlx-StatusItem-said" role="status">
        {view.said}
      </span>
    </>
  );
}
