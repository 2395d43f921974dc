import { useMutation } from '@urql/preact';
import { useState } from 'preact/hooks';
import { type MarketplaceNameFragment, SaveConnectionDocument } from '../generated/operations.js';
import { Button } from '../ui/button.js';
import { CheckList } from '../ui/form.js';
import { Marketplace } from '../ui/marketplace.js';
import { RequestError } from '../ui/notice.js';

interface Props {
  readonly marketplaces: readonly MarketplaceNameFragment[];
  /** Ids that are selected at first. */
  readonly initial: readonly string[];
  readonly onSaved: () => void;
}

/** Selects the marketplaces to mirror. */
export function MarketplaceForm({ marketplaces, initial, onSaved }: Props) {
  const [{ fetching, error }, save] = useMutation(SaveConnectionDocument);
  const [selected, setSelected] = useState(initial);
  const none = selected.length === 0;
  const submit = async () => {
    if (none) return;
    const { data } = await save({ input: { marketplaceIds: [...selected] } });
    if (data) onSaved();
  };
  return (
    <div className="stack">
      <CheckList
        legend="Marketplaces to mirror"
        options={marketplaces.map((each) => [each.marketplaceId, <Marketplace key={each.id} of={each} />])}
        selected={selected}
        onChange={setSelected}
      />
      <RequestError error={error} />
      <div className="row">
        <Button look="primary" busy={fetching} aria-disabled={none} onClick={() => void submit()}>
          Mirror {selected.length === 1 ? '1 marketplace' : `${selected.length} marketplaces`}
        </Button>
        {none && <span className="muted small">Choose at least one.</span>}
      </div>
    </div>
  );
}
