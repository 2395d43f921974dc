import type { CombinedError } from '@urql/preact';
import { X } from 'lucide-preact';
import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { Button } from './button.js';
import { RequestError } from './notice.js';

interface Props {
  readonly title: string;
  readonly wide?: boolean;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

/** A modal dialog, open while it is rendered. */
export function Dialog({ title, wide = false, onClose, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  // Browsers restore the focus only if the dialog is closed before it is removed.
  useLayoutEffect(() => {
    const { current } = dialog;
    current?.showModal();
    return () => current?.close();
  }, []);
  // The event comes after the dialog was removed, too: then it is closed already, and another may be open.
  const close = () => dialog.current && onClose();
  return (
    <dialog ref={dialog} className={wide ? 'dialog wide' : 'dialog'} aria-labelledby={id} onClose={close}>
      <div className="stack">
        <div className="row spread nowrap">
          <h2 id={id}>{title}</h2>
          <button
            type="button"
            className="button quiet square"
            aria-label="Close"
            onClick={() => dialog.current?.close()}
          >
            <X size={16} aria-hidden />
          </button>
        </div>
        {children}
      </div>
    </dialog>
  );
}

interface ConfirmProps extends Omit<Props, 'wide'> {
  /** The label of the button that confirms. */
  readonly action: string;
  readonly busy: boolean;
  readonly error: CombinedError | undefined;
  readonly onConfirm: () => unknown;
}

export function ConfirmDialog({ title, action, busy, error, onConfirm, onClose, children }: ConfirmProps) {
  return (
    <Dialog title={title} onClose={onClose}>
      <p>{children}</p>
      <RequestError error={error} />
      <div className="row">
        <Button look="danger" busy={busy} onClick={() => void onConfirm()}>
          {action}
        </Button>
        <Button onClick={onClose}>Cancel</Button>
      </div>
    </Dialog>
  );
}
