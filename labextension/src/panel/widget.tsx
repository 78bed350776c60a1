import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import React from 'react';

import { IPoolEvent } from '../api/wire';
import { IMLXPool } from '../tokens';
import { Errands } from './errands';
import { Forecast } from './forecast';
import { mlxIcon } from './icon';
import { remembered } from './log';
import { IWish, Panel } from './parts/panel';
import { Question } from './question';
import { seats } from './row';
import { IView, viewOf } from './view';

/** The sidebar that shows the pool, and changes it. An answer ends when it is hidden or closed. */
export class MLXPanel extends ReactWidget {
  constructor(private readonly pool: IMLXPool) {
    super();
    this.id = 'mlx-jupyter-panel';
    this.title.icon = mlxIcon;
    this.title.caption = 'MLX models';
    this.addClass('mlx-Panel');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', 'MLX models');
    this.node.tabIndex = -1;
    this.question = new Question(pool);
    this.forecast = new Forecast(pool.client);
    this.view = this.look();
    pool.changed.connect(this.follow, this);
  }

  /** Chooses `model` as the one to ask, and leads the keyboard to the question. */
  ask(model: string): void {
    this.wishFor({ ask: model });
  }

  /** Leads the keyboard to the choice of a model to load. */
  focusLoad(): void {
    this.wishFor({ load: true });
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

  protected onActivateRequest(_message: Message): void {
    if (!this.node.contains(document.activeElement)) {
      this.node.focus();
    }
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

  private wishFor(wish: IWish): void {
    this.wish = wish;
    this.update();
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
  private wish: IWish | null = null;
}
