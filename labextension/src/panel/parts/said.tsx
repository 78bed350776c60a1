import * as React from 'react';

/** Words that are read out when they come; an `alert` at once, and in the colour of errors. */
export function Said(props: {
  readonly role: 'status' | 'alert';
  readonly words: string;
}): JSX.Element {
  return (
    <div className={props.role === 'alert' ? 'mlx-Error' : 'mlx-Quiet'} role={props.role}>
      {props.words}
    </div>
  );
}
