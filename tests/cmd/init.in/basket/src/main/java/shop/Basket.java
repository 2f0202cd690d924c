package shop;

class Basket {
}
