import { useMutation } from 'urql';
import { problemOf } from '../api/problems.js';
import { CreateUserDocument } from '../generated/operations.js';
import { Button } from '../ui/button.js';
import { Check } from '../ui/check.js';
import { Dialog } from '../ui/dialog.js';
import { Field } from '../ui/field.js';
import { handled, text } from '../ui/forms.js';
import { ProblemNotice } from '../ui/notice.js';

/** Makes a user. The password is told to them by whoever makes it; they change it under their account. */
export function CreateUser({ onClose, onCreated }: { readonly onClose: () => void; readonly onCreated: () => void }) {
  const [{ fetching, error }, create] = useMutation(CreateUserDocument);
  const problem = error && problemOf(error);
  const submit = async (form: FormData) => {
    const role = text(form, 'role') === 'OWNER' ? 'OWNER' : 'VIEWER';
    const { data } = await create({ email: text(form, 'email'), password: text(form, 'password'), role });
    if (!data) return;
    onClose();
    onCreated();
  };
  return (
    <Dialog title="Add a user" onClose={onClose}>
      <form className="stack" autoComplete="off" onSubmit={handled(submit)}>
        <Field label="E-mail" name="email" type="email" autoComplete="off" required />
        <Field
          label="Password"
          name="password"
          type="password"
          autoComplete="new-password"
          minLength={12}
          required
          hint="12 characters or more. Tell them; they change it under their account."
        />
        <fieldset className="stack tight">
          <legend>Role</legend>
          <Check kind="radio" name="role" value="VIEWER" defaultChecked>
            Viewer: sees the connection, orders, sales and runs
          </Check>
          <Check kind="radio" name="role" value="OWNER">
            Owner: may do everything
          </Check>
        </fieldset>
        {problem && <ProblemNotice code={problem.code} message={problem.message} />}
        <div>
          <Button type="submit" look="primary" busy={fetching}>
            Add the user
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
