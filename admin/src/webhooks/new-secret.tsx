import { Button } from '../ui/button.js';
import { CopyButton } from '../ui/copy-button.js';
import { Dialog } from '../ui/dialog.js';
import { Notice } from '../ui/notice.js';

interface Props {
  readonly title: string;
  readonly secret: string;
  readonly note: string;
  readonly onClose: () => void;
}

/** Shows a new secret, once. */
export function NewSecret({ title, secret, note, onClose }: Props) {
  return (
    <Dialog title={title} onClose={onClose}>
      <Notice tone="good" title="Copy the secret now">
        It can’t be shown again.
      </Notice>
      <p className="row nowrap">
        <code className="unbroken">{secret}</code>
        <CopyButton text={secret} name="secret" />
      </p>
      <p className="small muted">{note}</p>
      <div className="submit">
        <Button look="primary" onClick={onClose}>
          Done
        </Button>
      </div>
    </Dialog>
  );
}
