// The matrix product between the rows of many classes, as they lie: a panel of one side stays in the first cache while the
// other's rows pass. A library's product would copy both first, which takes it as long as the product of so few rows.
#include "ckernels.h"

#define TEMPLATE "Analytics/class_products_template.h"
#include "../vector_levels.h"

void engram_add_class_products(
    const double *a, size_t m, const double *b, size_t n, size_t stride, size_t length, double *products) {
  ENGRAM_BEST(class_products)(a, m, b, n, stride, length, products);
}
