import { defineConfig } from 'vite';

const EARLY = /admin\/src\/(api\/(early-answers|session)|generated\/|orders\/orders-(requests|url)|ui\/date\.)/;

/** The page that src/server/http/static-pages.ts serves. Nothing is inlined: its CSP allows the server's own files only. */
export default defineConfig({
  root: import.meta.dirname,
  base: '/admin/',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  plugins: [listViewFiles()],
  build: {
    outDir: '../dist/admin',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      // One file of what views share, in place of one for each group of views that share a module.
      // What the small script needs that is loaded first stays apart from it.
      output: {
        codeSplitting: {
          groups: [
            { name: 'requests', priority: 1, test: EARLY },
            { name: 'shared', test: /admin\/src\/(api|ui)\/|node_modules\/lucide-preact/ },
          ],
        },
      },
      input: { index: `${import.meta.dirname}/index.html`, early: `${import.meta.dirname}/src/early.ts` },
    },
  },
});

/**
 * Writes the files of each view into index.html as JSON, by the first part of its address, for public/first.js: otherwise
 * a browser learns of them only when it runs the page's script. `src/sales/sales-view.tsx` is the view of `/sales`,
 * and `src/orders/order-page.tsx` that of what is below `/orders`.
 */
function listViewFiles() {
  const filesOf = (chunk, bundle, known = new Set()) => {
    if (!chunk || known.has(chunk.fileName)) return [];
    known.add(chunk.fileName);
    const imported = chunk.imports.flatMap((name) => filesOf(bundle[name], bundle, known));
    return [chunk.fileName, ...(chunk.viteMetadata?.importedCss ?? []), ...imported];
  };
  return {
    name: 'list-view-files',
    transformIndexHtml: {
      order: 'post',
      handler: (html, { bundle = {} }) => {
        const chunks = Object.values(bundle).filter(({ type }) => type === 'chunk');
        const [entry, early] = ['index', 'early'].map((name) =>
          chunks.find((chunk) => chunk.isEntry && chunk.name === name),
        );
        const loaded = new Set(filesOf(entry, bundle));
        const views = {};
        for (const chunk of chunks) {
          const [, name, kind] = /\/src\/([\w-]+)\/[\w-]+-(view|page)\.tsx$/.exec(chunk.facadeModuleId ?? '') ?? [];
          if (name === undefined || !chunk.isDynamicEntry) continue;
          const files = filesOf(chunk, bundle).filter((file) => !loaded.has(file));
          const path = name === 'overview' ? '' : name;
          views[kind === 'page' ? `${path}/*` : path] = files.map((file) => `/admin/${file}`);
        }
        const block = `<script type="application/json" id="view-files">${JSON.stringify(views)}</script>`;
        const script = `<script type="module" async crossorigin src="/admin/${early.fileName}"></script>`;
        return html.replace('<script src="/admin/first.js"></script>', `${block}\n    $&\n    ${script}`);
      },
    },
  };
}
