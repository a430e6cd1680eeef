"""One submission, from file to marks. This page is the theory of operation; read it first.

**Two processes, one wall.** nbgrader runs a test in the process that has just run the student's cells,
where one line of theirs can change what the test means. Here the student's cells run in the *examinee*,
and locked test cells in the *examiner*, which is the instructor's. Plain data crosses between them and
nothing else.

    desk ── fleet: station ──┬── examiner     tests, expected values, scores           (examiner/)
                             │      │ frames of plain data, a deadline on each         (wire/)
                             └── sandbox ── template ── examinee    cells, objects     (wall/, examinee/)

**A name is a handle unless the instructor bound it.** A test cell runs with the examiner's global names.
What the instructor's cells bind, or their imports, is there; any other name is asked for at the examinee:
data comes back as data, every other object as a *handle*, whose attributes, items and calls are questions
of their own. Nothing of the student's decides a comparison.

**Containers are mirrored.** Arrays, lists and dicts that crossed are known to both sides by number; each
message says what has changed since the last one, so that a change in place is seen where the tests would
see it. What is the examiner's is put back after each test, and a test that passed although its own data
were touched is run once more with them protected.

**A worker keeps a sandbox warm.** A *station* starts one sandbox: bubblewrap around a *template*, a
process that has imported what notebooks use. For each submission the template forks a child, which leaves
for namespaces, a file system and limits of its own and becomes the examinee; the station forks an
examiner, which knows no other submission. Both end with it. A sandbox that fails is replaced, and costs
one submission at most. What a right answer can do without (a first figure, a first traceback, what known
mistakes compute) is made once, after the first submission: nobody waits for it who needn't.

**Nobody waits for one.** All processes of a submission share one `Patience`; what did not come to an end is
stopped sooner the next time. The template watches what the examinee's processes use together (`watch`), and
gives them one core's worth.

**What a submission needs travels with it.** A `Paper` holds the instructor's cells, files, limits of time
and the course's `Surroundings`; `Premises` hold what a sandbox is built from. With the known figures these
are a *kit*, which goes once to each worker; what is a submission's own is a *slip*. Neither has a path of one
machine. A station whose premises differ from a job's moves first, so that a job is graded the same on
whatever machine it lands. A worker that is lost costs time: what it had in hand goes to another. When nobody
is left the run ends with a sentence, and no submission gets a row for it.

Who may know whom: `wire` nobody; `examinee` only `wire`, since both are all of this package that the
sandbox can see; `wall` starts it; `examiner` asks; `fleet` runs many. What can run out is a field of
`wire.limits.Limits`.
"""
