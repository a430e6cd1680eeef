// What the course adds to JupyterLab in a browser tab: Hand in, Validate, work that is saved as it is done,
// and Python under the name that work files have from JupyterLab on a machine.
//
// This is a federated extension as webpack would make it, written by hand: a container with init() and get().
// JupyterLab's own modules come from the scope that it shares, so nothing is bundled and nothing is built.
(() => {
  const NAME = 'backprop-workbook-tab';
  const SAVE_AFTER = 1000; // milliseconds without a cell that ran
  let scope = {};

  async function shared(name) {
    const [version] = Object.values(scope[name]);
    return (await version.get())();
  }

  const option = (PageConfig, name) => JSON.parse(PageConfig.getOption(name) || 'null');
  const folderOf = path => path.replace(/^.*:/, '').split('/').slice(0, -1).pop() || '';

  // The kernel is called 'python' by its makers, and 'python3' in notebooks made anywhere else: were it not
  // renamed, a file from here would not run there, and one from there would ask here.
  function oneKernel(specs) {
    const rename = () => {
      const own = specs.specs?.kernelspecs.python;
      const create = specs.factories.get('python');
      if (!own || !create) return;
      specs._specs?.delete('python');
      specs.factories.delete('python');
      specs.register({ spec: { ...own, name: 'python3', display_name: 'Python 3 (ipykernel)' }, create });
    };
    specs.changed.connect(rename);
    rename();
  }

  function saveAsItIsDone(NotebookActions, tracker) {
    let waiting = 0;
    NotebookActions.executed.connect((_, { notebook }) => {
      const panel = tracker.find(each => each.content === notebook);
      if (!panel) return;
      clearTimeout(waiting);
      waiting = setTimeout(() => void panel.context.save(), SAVE_AFTER);
    });
  }

  // Arrow keys move a slider, not the notebook: this JupyterLab takes them for itself, later ones don't.
  function letSlidersHaveKeys() {
    document.addEventListener('focusin', ({ target }) => {
      if (target.getAttribute('role') === 'slider') target.setAttribute('data-lm-suppress-shortcuts', 'true');
    });
  }

  // The address names the notebook in front, so that a reload, or a bookmark, comes back to it.
  function keepAddress(app) {
    const keep = () => {
      const path = app.shell.currentWidget?.context?.path;
      if (!path) return;
      const here = new URL(window.location.href);
      here.searchParams.set('path', path);
      window.history.replaceState(window.history.state, '', here);
    };
    void app.restored.then(() => {
      keep();
      app.shell.currentChanged.connect(keep);
    });
  }

  // On a narrow screen the list of files would leave no room for a notebook; its button stays. JupyterLab shows the
  // list once more when it has opened the address's notebook, and is done with that when the kernel is there.
  function makeRoom(app, panel) {
    void Promise.all([app.restored, panel.sessionContext.ready]).then(() => {
      if (window.innerWidth < 700) app.shell.collapseLeft();
    });
  }

  function download(name, text) {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([text], { type: 'application/x-ipynb+json' }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  }

  const isExercise = cell => cell.metadata.nbgrader?.solution && cell.cell_type === 'code';
  const isTest = cell => cell.metadata.nbgrader?.grade && !cell.metadata.nbgrader.solution;

  function paragraphs(Widget, lines) {
    const node = document.createElement('div');
    for (const line of lines) {
      const paragraph = document.createElement('p');
      paragraph.textContent = line;
      paragraph.style.cssText = 'white-space: pre-wrap; max-width: 44em; margin: 0 0 0.7em';
      node.append(paragraph);
    }
    return new Widget({ node });
  }

  async function handIn(panel, { assignments, how, tell }) {
    await panel.context.save();
    const notebook = panel.context.model.toJSON();
    const folder = folderOf(panel.context.path);
    const name = assignments[folder];
    const text = JSON.stringify(notebook, null, 1) + '\n';
    download(name, text);
    const open = notebook.cells
      .filter(cell => isExercise(cell) && cell.source.includes('raise NotImplementedError'))
      .map(cell => cell.metadata.nbgrader.grade_id);
    await tell(`Downloaded: ${name}`, [
      `This file is your work on ${folder}. ${how}`,
      ...(open.length ? [`Not filled in yet: ${open.join(', ')}. You can go on and hand in again.`] : [])
    ]);
  }

  // As nbgrader's Validate: all cells in a kernel of their own, from the top; then what the tests said.
  async function run(app, panel, said) {
    const folder = panel.context.path.split('/').slice(0, -1).join('/');
    const session = await app.serviceManager.sessions.startNew({
      name: 'validate',
      path: `${folder}/.validate-${Date.now()}`,
      type: 'notebook',
      kernel: { name: 'python3' }
    });
    const failed = [];
    let tests = 0;
    try {
      const cells = panel.context.model.toJSON().cells.filter(
        cell => cell.cell_type === 'code' && !(cell.metadata.tags || []).includes('experiment')
      );
      for (const [index, cell] of cells.entries()) {
        said(`Validating: cell ${index + 1} of ${cells.length}`);
        let error = null;
        const future = session.kernel.requestExecute({ code: cell.source, stop_on_error: false });
        future.onIOPub = message => {
          if (message.header.msg_type === 'error') error = message.content;
        };
        await future.done;
        tests += Boolean(isTest(cell));
        if (error) failed.push({ cell, error });
      }
    } finally {
      await session.shutdown();
    }
    return { failed, tests };
  }

  async function validate(app, panel, { tell, Notification }) {
    const id = Notification.emit('Validating ...', 'in-progress', { autoClose: false });
    try {
      const said = message => Notification.update({ id, message, type: 'in-progress', autoClose: false });
      const { failed, tests } = await run(app, panel, said);
      const wrong = failed.filter(({ cell }) => isTest(cell));
      if (!wrong.length) {
        await tell('Validate', [`Success! Your notebook passes all ${tests} checks.`]);
        return;
      }
      const lines = wrong.map(
        ({ cell, error }) => `${cell.metadata.nbgrader.grade_id}: ${error.traceback.join('\n')}`
      );
      await tell('Validate', [`${wrong.length} of ${tests} checks don't pass yet.`, ...lines]);
    } finally {
      Notification.dismiss(id);
    }
  }

  async function plugins() {
    const { PageConfig } = await shared('@jupyterlab/coreutils');
    const { IKernelSpecs } = await shared('@jupyterlite/kernel');
    const { INotebookTracker, NotebookActions } = await shared('@jupyterlab/notebook');
    const { Dialog, Notification, ToolbarButton, showDialog } = await shared('@jupyterlab/apputils');
    const { Widget } = await shared('@lumino/widgets');
    const about = {
      assignments: option(PageConfig, 'workbookAssignments') || {},
      how: PageConfig.getOption('workbookHandIn'),
      Notification,
      tell: (title, lines) =>
        showDialog({ title, body: paragraphs(Widget, lines), buttons: [Dialog.okButton()] })
    };

    function toolbar(app, panel) {
      makeRoom(app, panel);
      if (!about.assignments[folderOf(panel.context.path)]) return;
      let busy = false;
      const button = (label, tooltip, act) =>
        new ToolbarButton({
          label,
          tooltip,
          onClick: async () => {
            if (busy) return;
            busy = true;
            try {
              await panel.context.ready;
              await act();
            } finally {
              busy = false;
            }
          }
        });
      const check = button('Validate', 'Run all cells from the top, and say which checks pass', () =>
        validate(app, panel, about)
      );
      const give = button('Hand in', 'Download this notebook, as your instructor wants it', () =>
        handIn(panel, about)
      );
      panel.toolbar.insertItem(10, 'workbook-validate', check);
      panel.toolbar.insertItem(11, 'workbook-hand-in', give);
    }

    return [
      {
        id: `${NAME}:kernel`,
        autoStart: true,
        requires: [IKernelSpecs],
        activate: (_, specs) => oneKernel(specs)
      },
      {
        id: `${NAME}:notebook`,
        autoStart: true,
        requires: [INotebookTracker],
        activate: (app, tracker) => {
          saveAsItIsDone(NotebookActions, tracker);
          letSlidersHaveKeys();
          keepAddress(app);
          app.docRegistry.addWidgetExtension('Notebook', { createNew: panel => toolbar(app, panel) });
          if (!navigator.serviceWorker && !crossOriginIsolated) {
            Notification.error(
              'This window cannot keep files, so nothing can be exported to mynn, and your work would be lost. ' +
                'Open the course in an ordinary window (not a private one), at an address with https.',
              { autoClose: false }
            );
          }
        }
      }
    ];
  }

  window._JUPYTERLAB = window._JUPYTERLAB || {};
  window._JUPYTERLAB[NAME] = {
    init: given => {
      scope = given;
    },
    get: async () => {
      const made = await plugins();
      return () => ({ __esModule: true, default: made });
    }
  };
})();
