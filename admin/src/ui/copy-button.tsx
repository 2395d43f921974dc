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
  const copy = () =>
    navigator.clipboard
      ? navigator.clipboard.writeText(text).then(
          () => setCopied('yes'),
          () => setCopied('failed'),
        )
      : setCopied('failed');
  const Icon = copied === 'yes' ? Check : Copy;
  return (
    <>
      <button
        type="button"
        className="button quiet tiny"
        aria-label={`Copy ${name}`}
        title={`Copy ${name}`}
        onClick={() => void copy()}
      >
        <Icon size={13} aria-hidden />
      </button>
      <span className="hidden-visually" role="status">
        {copied === 'yes' ? 'Copied' : copied === 'failed' ? 'The browser does not let this page copy' : ''}
      </span>
    </>
  );
}
