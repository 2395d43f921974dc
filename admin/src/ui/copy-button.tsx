import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';

const TOLD_MS = 2_000;

/** Copies a text, and says that it did. */
export function CopyButton({ text, name }: { readonly text: string; readonly name: string }) {
  const [copied, setCopied] = useState<'no' | 'yes' | 'failed'>('no');
  useEffect(() => {
    if (copied === 'no') return;
    const timer = setTimeout(() => setCopied('no'), TOLD_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const press = () =>
    void copy(text).then(
      () => setCopied('yes'),
      () => setCopied('failed'),
    );
  const Icon = copied === 'yes' ? Check : Copy;
  return (
    <>
      <button
        type="button"
        className="button quiet tiny"
        aria-label={`Copy ${name}`}
        title={`Copy ${name}`}
        onClick={press}
      >
        <Icon size={13} aria-hidden />
      </button>
      <span className="hidden-visually" role="status">
        {copied === 'yes' ? 'Copied' : copied === 'failed' ? 'The browser does not let this page copy' : ''}
      </span>
    </>
  );
}

/** The clipboard is for pages over HTTPS, and of this machine; elsewhere a selection is copied. */
async function copy(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const shown = document.createElement('textarea');
  shown.value = text;
  shown.className = 'hidden-visually';
  (document.querySelector('dialog[open]') ?? document.body).append(shown);
  const before = document.activeElement;
  shown.select();
  const copied = document.execCommand('copy');
  shown.remove();
  if (before instanceof HTMLElement) before.focus();
  if (!copied) throw new Error('The browser did not copy.');
}
