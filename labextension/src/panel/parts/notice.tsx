import * as React from 'react';

import { IMLXPool } from '../../tokens';
import { IView } from '../view';
import { Button } from './button';

/** Why there is nothing to see, or nothing to press. */
export function Notice(props: { readonly pool: IMLXPool; readonly view: IView }): JSX.Element {
  const { standing, notice } = props.view;
  const look = (): void => {
    void props.pool.refresh();
  };
  return (
    <div className={`mlx-Notice mlx-mod-${standing}`}>
      <p role="status">{notice}</p>
      {standing !== 'unknown' && <Button label="Look again" press={look} />}
    </div>
  );
}
