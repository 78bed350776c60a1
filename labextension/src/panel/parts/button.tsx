import * as React from 'react';

interface IButtonProps {
  /** What is to be read; `of` follows it in the name, for those who hear it alone. */
  readonly label: string;
  readonly of?: string;
  readonly hint?: string;
  readonly pressed?: boolean;
  readonly verb?: string;
  readonly isMain?: boolean;
  /** It keeps the keyboard's focus, which a disabled button would lose. */
  readonly isOff?: boolean;
  readonly press?: () => void;
}

/** A button; without `press` it submits the form in which it stands. */
export function Button(props: IButtonProps): JSX.Element {
  const { label, of, hint, pressed, verb, isMain, isOff, press } = props;
  const click = (event: React.MouseEvent): void => {
    if (isOff) {
      event.preventDefault();
    } else {
      press?.();
    }
  };
  return (
    <button
      type={press ? 'button' : 'submit'}
      className={`mlx-Button${isMain ? ' mlx-mod-main' : ''}`}
      aria-label={of ? `${label} ${of}` : undefined}
      aria-pressed={pressed}
      aria-disabled={isOff || undefined}
      data-mlx-verb={verb}
      title={hint}
      onClick={click}
    >
      {label}
    </button>
  );
}
