"""The pages that students read: `page.render` makes one from an autograded notebook and what is known of it.

facts    what the gradebook and the ledger say of one notebook, as plain data
gather   reads the facts of an assignment
contents the notebook's exercises, their marks and what they wait for
lines    which line of an answer a message speaks of
maths    LaTeX as MathML
safe     what a student's HTML may hold
page     facts and notebook -> HTML, nothing else: what may be done anywhere, by many at a time
write    which pages have to be written, and where
"""
