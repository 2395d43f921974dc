import { Check, Copy } from 'lucide-preact';
import { useEffect, useState } from 'preact/hooks';

const RESET_MS = 2_000;

interface Props {
  readonly text: string;
  readonly name: string;
  /** Shows the label too, not the icon alone. */
  readonly visible?: boolean;
}

export function CopyButton({ text, name, visible = false }: Props) {
  const [copied, setCopied] = useState<'no' | 'yes' | 'failed'>('no');
  useEffect(() => {
    if (copied === 'no') return;
    const timer = setTimeout(() => setCopied('no'), RESET_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const onClick = () =>
    void copy(text).then(
      () => setCopied('yes'),
      () => setCopied('failed'),
    );
  const Icon = copied === 'yes' ? Check : Copy;
  return (
    <>
      <button
        type="button"
        className={visible ? 'button' : 'button quiet tiny'}
        {...(!visible && { 'aria-label': `Copy ${name}`, title: `Copy ${name}` })}
        onClick={onClick}
      >
        <Icon size={13} aria-hidden />
        {visible && ` Copy ${name}`}
      </button>
      <span className="visually-hidden" role="status">
        {copied === 'yes' ? 'Copied' : copied === 'failed' ? 'The browser blocked copying' : ''}
      </span>
    </>
  );
}

/** `navigator.clipboard` exists over HTTPS and on localhost only; elsewhere a selection is copied. */
async function copy(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'visually-hidden';
  (document.querySelector('dialog[open]') ?? document.body).append(area);
  const focused = document.activeElement;
  area.select();
  const copied = document.execCommand('copy');
  area.remove();
  if (focused instanceof HTMLElement) focused.focus();
  if (!copied) throw new Error('The browser blocked copying.');
}
