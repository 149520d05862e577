#include "elements.h"

void cm_take(const cm_field *field, const void *frame, size_t patch, void *result) {
    const size_t width = cm_widths[field->element], side = field->side;
    const size_t top = patch / field->grid_columns * side, left = patch % field->grid_columns * side;
    const size_t columns = left + side <= field->columns ? side : field->columns - left;
    uint8_t *to = result;
    for (size_t channel = 0; channel < field->channels; channel++)
        for (size_t row = 0; row < side; row++, to += side * width) {
            size_t line = top + row < field->rows ? top + row : field->rows - 1;
            const uint8_t *from =
                (const uint8_t *)frame + ((channel * field->rows + line) * field->columns + left) * width;
            memcpy(to, from, columns * width);
            for (size_t k = columns; k < side; k++) memcpy(to + k * width, from + (columns - 1) * width, width);
        }
}

void cm_paste(const cm_field *field, void *frame, size_t patch, const void *values) {
    const size_t width = cm_widths[field->element], side = field->side;
    const size_t top = patch / field->grid_columns * side, left = patch % field->grid_columns * side;
    const size_t rows = top + side <= field->rows ? side : field->rows - top;
    const size_t columns = left + side <= field->columns ? side : field->columns - left;
    for (size_t channel = 0; channel < field->channels; channel++)
        for (size_t row = 0; row < rows; row++)
            memcpy((uint8_t *)frame + ((channel * field->rows + top + row) * field->columns + left) * width,
                   (const uint8_t *)values + (channel * side + row) * side * width, columns * width);
}
