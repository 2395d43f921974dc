import { useState } from 'react';
import { useMutation } from 'urql';
import { problemOf } from '../api/problems.js';
import { type MarketplaceNameFragment, SaveConnectionDocument } from '../generated/operations.js';
import { Button } from '../ui/button.js';
import { Check } from '../ui/check.js';
import { Marketplace } from '../ui/marketplace.js';
import { ProblemNotice } from '../ui/notice.js';

interface Props {
  readonly offered: readonly MarketplaceNameFragment[];
  /** Ids that are chosen at first. */
  readonly chosen: readonly string[];
  readonly onSaved: () => void;
}

/** Chooses the marketplaces to mirror. */
export function MarketplaceForm({ offered, chosen: first, onSaved }: Props) {
  const [{ fetching, error }, save] = useMutation(SaveConnectionDocument);
  const [chosen, setChosen] = useState(first);
  const problem = error && problemOf(error);
  const submit = async () => {
    const { data } = await save({ input: { marketplaceIds: [...chosen] } });
    if (data) onSaved();
  };
  return (
    <div className="stack">
      <fieldset className="stack tight">
        <legend className="hidden-visually">Marketplaces to mirror</legend>
        {offered.map((marketplace) => {
          const { marketplaceId: id } = marketplace;
          return (
            <Check
              key={id}
              checked={chosen.includes(id)}
              onChange={(event) =>
                setChosen(event.target.checked ? [...chosen, id] : chosen.filter((other) => other !== id))
              }
            >
              <Marketplace of={marketplace} />
            </Check>
          );
        })}
      </fieldset>
      {problem && <ProblemNotice code={problem.code} message={problem.message} />}
      <div className="row">
        <Button
          look="primary"
          busy={fetching}
          aria-disabled={chosen.length === 0}
          onClick={() => chosen.length > 0 && void submit()}
        >
          Mirror {chosen.length === 1 ? 'this marketplace' : `these ${chosen.length} marketplaces`}
        </Button>
        {chosen.length === 0 && <span className="muted small">Choose at least one.</span>}
      </div>
    </div>
  );
}
