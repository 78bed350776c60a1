import { Panel } from '@lumino/widgets';

import { IMLXPool } from '../tokens';
import { inWords } from '../words/errors';
import { mlxIcon } from './icon';
import type { IWish } from './parts/panel';
import type { MLXPanel } from './widget';

/** The panel's place in JupyterLab. What stands in it is fetched when it is first seen. */
export class Sidebar extends Panel {
  /** Before `ready` nothing is fetched: the page has more to do then. */
  constructor(
    private readonly pool: IMLXPool,
    private readonly ready: Promise<unknown>
  ) {
    super();
    this.id = 'mlx-jupyter-panel';
    this.title.icon = mlxIcon;
    this.title.caption = 'MLX models';
    this.addClass('mlx-Panel');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', 'MLX models');
    this.node.tabIndex = -1;
    // What could not be fetched may be there now.
    pool.changed.connect(this.fill, this);
  }

  /** Chooses `model` as the one to ask, and leads the keyboard to the question. */
  ask(model: string): void {
    this.wishFor({ ask: model });
  }

  /** Leads the keyboard to the choice of a model to load. */
  focusLoad(): void {
    this.wishFor({ load: true });
  }

  protected onAfterShow(): void {
    void this.fill();
  }

  protected onActivateRequest(): void {
    void this.takeFocus(document.activeElement);
  }

  private wishFor(wish: IWish): void {
    this.wish = wish;
    this.content?.wishFor(wish);
  }

  /** When there is something that a Tab leads to; not from who has gone elsewhere meanwhile. */
  private async takeFocus(from: Element | null): Promise<void> {
    await this.fill();
    await this.content?.renderPromise;
    const { activeElement } = document;
    const isLeft = activeElement === from || activeElement === document.body;
    if (this.isVisible && isLeft && !this.node.contains(activeElement)) {
      this.node.focus();
    }
  }

  private async fill(): Promise<void> {
    await this.ready;
    if (this.content !== null || !this.isVisible) {
      return;
    }
    try {
      const { MLXPanel } = await import(/* webpackChunkName: "panel" */ './widget');
      if (this.content === null) {
        this.node.textContent = '';
        this.addWidget((this.content = new MLXPanel(this.pool, this.wish)));
      }
    } catch (error) {
      this.node.textContent = inWords(error);
    }
  }

  private content: MLXPanel | null = null;
  private wish: IWish | null = null;
}
