"""The course as a web site: `make site` writes static files, and a browser is all that a student needs.

`python -m backprop.site` gathers Pyodide and checks each of its files (`runtime`), packs what students
import into wheels (`wheels`), puts JupyterLite around the released notebooks (`tab`), and renders the lessons
with the figures of their solutions, without the answers (`lessons`, `pages`).
"""
