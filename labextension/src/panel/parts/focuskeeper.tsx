import * as React from 'react';

/** Where the keyboard is: in which row, and on the button of which verb. */
interface IPlace {
  readonly row: string | null;
  readonly index: number;
  readonly verb: string | null;
}

/**
 * Holds the keyboard's focus when a button that has it goes away: it moves to another of the same
 * row, else to the row that took its place, else to what is marked `data-mlx-home`.
 */
export class FocusKeeper extends React.Component<{ children: React.ReactNode }> {
  render(): JSX.Element {
    return (
      <div className="mlx-Panel-content" ref={this.root} tabIndex={-1}>
        {this.props.children}
      </div>
    );
  }

  getSnapshotBeforeUpdate(): IPlace | null {
    const active = document.activeElement;
    return this.holds(active) ? this.placeOf(active) : null;
  }

  componentDidUpdate(_props: object, _state: object, before: IPlace | null): void {
    if (before !== null && !this.holds(document.activeElement)) {
      this.substitute(before)?.focus();
    }
  }

  private holds(element: Element | null): element is Element {
    return element !== null && (this.root.current?.contains(element) ?? false);
  }

  private placeOf(element: Element): IPlace {
    const row = element.closest<HTMLElement>('[data-mlx-row]');
    return {
      row: row?.dataset.mlxRow ?? null,
      index: row === null ? 0 : this.rows().indexOf(row),
      verb: element.getAttribute('data-mlx-verb')
    };
  }

  private substitute({ row, index, verb }: IPlace): HTMLElement | null {
    const rows = row === null ? [] : this.rows();
    const near =
      rows.find(({ dataset }) => dataset.mlxRow === row) ?? rows[Math.min(index, rows.length - 1)];
    const same = near?.querySelector<HTMLElement>(`[data-mlx-verb="${verb}"]`);
    const first = near?.querySelector<HTMLElement>('button');
    const home = this.root.current?.querySelector<HTMLElement>('[data-mlx-home]');
    return same ?? first ?? home ?? this.root.current;
  }

  private rows(): HTMLElement[] {
    return [...(this.root.current?.querySelectorAll<HTMLElement>('[data-mlx-row]') ?? [])];
  }

  private readonly root = React.createRef<HTMLDivElement>();
}
