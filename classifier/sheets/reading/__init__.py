"""What is written in the fields of a page that lies straight, how sure that is, and which values may be taken.

    reader = FieldReader(line_network, digit_network, line_calibration, digit_calibration)      # fields
    found = reader.read(page, description.on_page(1), empty_page)      # FieldReads, in the order of the fields

crops    what a field's crop shows; also for the web
ink      the ink of a crop without the form's printing; strokes that run along or across printed lines stay
cells, boxes, second_opinion     digits in boxes: the digit network reads each, the line network all side by side
lines    free numbers: both networks propose, the field's rules choose
checks   marked or not
choosing     the most probable text that the rules allow, and its posterior probability
promise      from confidence to risk; `manage.py calibrate_sheets` makes its figures
made         with which networks it made them; for the web
reasons      why a value is left to a person
"""
