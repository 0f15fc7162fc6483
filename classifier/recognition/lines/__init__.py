"""Reading a row of digits and marks as a whole: strokes or ink in; what is written, where, and how sure that is.

    rows = rows_of_sketch(sketch)                      # sketch_rows; raises NoInk; no network, a few ms
    rows = rows_of_picture(grey)                       # picture_rows; the same for pictures
    read = read_row(row, line_network, digit_network)  # reading; where the networks are
    reading = judge_row(read, calibration)             # judging; text, number, verdict, alternatives, characters

`line_network` takes a line image, uint8 (32, width, 3), and returns logits (frames, classes), two frames for each 4 px;
it is called twice for a row, with images of two sizes. `digit_network` takes some FoundDigits and returns a DigitAnswer
(judgement and logits) for each; it is called once or twice for a row. `calibration` is
`LineCalibration.of(version.metadata.get("calibration"))`.

A Reading has the text with its marks, `number` (digits alone), the verdict (number, unsure, not_a_number), a reason
(a code of `judging.REASONS`; `judging.sentence(reading)` words it), a calibrated confidence, up to three alternatives,
and the characters from left to right. Each Character has its box in px of the picture or pad; a digit also has a
FoundDigit (28×28, box, hints), as `find_digits` returns it, and the digit network's answer to it. Several rows give
several Readings, from top to bottom.

`routing.read_rows(rows, whole, line_network, digit_network, calibration)` does all of it, with the question whether a
drawing is one digit: it returns no readings for a shape that is plainly one digit, or that neither network can read.
`screening.sketch_may_be_number(sketch)` and `screening.rows_to_read(grey)` answer the quick part of that question,
without a network.
"""
