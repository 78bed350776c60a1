import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import * as React from 'react';

import rules from '../../style/panel.raw.css';
import { IPoolEvent } from '../api/wire';
import { addStyle } from '../style';
import { IMLXPool } from '../tokens';
import { Errands } from './errands';
import { Forecast } from './forecast';
import { remembered } from './log';
import { IWish, Panel } from './parts/panel';
import { Question } from './question';
import { seats } from './row';
import { IView, viewOf } from './view';

addStyle(rules);

/** What stands in the sidebar: the pool, and what changes it. An answer ends when it is hidden. */
export class MLXPanel extends ReactWidget {
  constructor(
    private readonly pool: IMLXPool,
    private wish: IWish | null
  ) {
    super();
    this.question = new Question(pool);
    this.forecast = new Forecast(pool.client);
    this.view = this.look();
    pool.changed.connect(this.follow, this);
  }

  /** Leads the keyboard to where it is wanted. */
  wishFor(wish: IWish): void {
    this.wish = wish;
    this.update();
  }

  dispose(): void {
    if (!this.isDisposed) {
      this.pool.changed.disconnect(this.follow, this);
      this.rest();
      super.dispose();
    }
  }

  protected render(): JSX.Element {
    return (
      <UseSignal signal={this.errands.changed}>
        {() => (
          <Panel
            pool={this.pool}
            view={this.view}
            errands={this.errands}
            forecast={this.forecast}
            question={this.question}
            wish={this.wish}
            granted={() => (this.wish = null)}
          />
        )}
      </UseSignal>
    );
  }

  /** While nobody sees it nothing is drawn. */
  protected onUpdateRequest(message: Message): void {
    if (this.isVisible) {
      super.onUpdateRequest(message);
    }
  }

  protected onAfterShow(_message: Message): void {
    this.forecast.askAgain();
    this.update();
  }

  protected onAfterHide(message: Message): void {
    super.onAfterHide(message);
    this.rest();
  }

  protected onBeforeDetach(message: Message): void {
    this.rest();
    super.onBeforeDetach(message);
  }

  private follow(): void {
    const before = seats(this.view.rows);
    this.view = this.look();
    if (this.isVisible && seats(this.view.rows) !== before) {
      this.forecast.askAgain();
    }
    this.update();
  }

  private look(): IView {
    const { state } = this.pool;
    if (state.kind === 'known') {
      this.told = remembered(this.told, state.events);
    }
    return viewOf(state, this.told);
  }

  /** Nobody looks: nothing is worked for. */
  private rest(): void {
    this.question.stop();
    this.forecast.giveUp();
  }

  private readonly errands = new Errands();
  private readonly question: Question;
  private readonly forecast: Forecast;
  private view: IView;
  private told: readonly IPoolEvent[] = [];
}
