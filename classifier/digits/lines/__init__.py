"""Reading a drawing as a number: what a request sends to the worker that has the networks, and what it answers.

A request asks before it stores anything, because the line reader decides where the digits are. If no worker answers in
time, the drawing is stored with the digits that segmentation finds, as it is when no line reader is in service, and a
LateReading remembers to read it later (`intake.late`).
"""
