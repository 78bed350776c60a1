import * as React from 'react';

import { news } from '../news';
import { IView } from '../view';

/** Says what has changed, to those who do not see it. */
export function News({ view }: { readonly view: IView }): JSX.Element {
  const before = React.useRef(view);
  const [said, say] = React.useState('');
  React.useEffect(() => {
    const words = news(before.current, view);
    before.current = view;
    if (words !== '') {
      say(words);
    }
  }, [view]);
  return (
    <div className="mlx-News" role="status" aria-live="polite">
      {said}
    </div>
  );
}
