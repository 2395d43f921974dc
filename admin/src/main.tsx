import '@fontsource-variable/inter/wght.css';
import './styles/tokens.css';
import './styles/base.css';
import './styles/layout.css';
import './styles/buttons.css';
import './styles/forms.css';
import './styles/tables.css';
import './styles/feedback.css';
import './styles/views.css';
import './styles/charts.css';
import './styles/history.css';
import { render } from 'preact';
import { session } from './api/session.js';
import { App } from './app.js';
import { loadView } from './views.js';

const page = document.getElementById('page');
if (page) {
  // The view comes with the page (public/first.js), so that its queries are sent with those of the frame. This
  // module doesn't await it, since the view imports from it.
  const view = session.get() ? loadView(location.pathname.replace(/^\/admin/, '') || '/') : Promise.resolve();
  void view.then(() => render(<App />, page));
}
