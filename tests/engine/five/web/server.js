// The shop's page: what orders and the basket say, and how long this server has been up.
import { createServer } from 'node:http'
import ms from 'ms'

const ask = async (url) => (await fetch(url)).text()

createServer(async (request, response) => {
  if (request.url === '/health') return response.end('ok\n')
  const orders = await ask(`${process.env.ORDERS_URL}/orders`)
  const basket = await ask(`${process.env.BASKET_URL}/basket`)
  response.end(`${orders}\n${basket}\nup for ${ms(Math.round(process.uptime() * 1000))}\n`)
}).listen(8080)
